import assert from 'node:assert/strict';
import { isGenuine, mint, startOf } from '../capability/token.js';
import { failsWith, pattern } from '../testing/expect.js';
import { World } from '../testing/world.js';
import { Extension, Kind, Message, Op, Reason, Right } from '../wire/index.js';

const KEY = { k0: 1, k1: 2 };
const PAGE = 4096;

/** A fabric that lets through what shows a token, and gives out tokens for 16 KiB: as the switch and the controller do it. */
class CapableWorld extends World {
  epoch = 1;
  rights: number = Right.READ | Right.WRITE;
  asked = 0;
  refused = 0;
  /** Frames whose payload and headers did not fit the MTU. */
  oversized = 0;

  constructor(options: ConstructorParameters<typeof World>[0] = {}) {
    super({ ...options, client: { protection: 'capability', ...options.client } });
    this.fabric.onRequest = (request, frame) => {
      if (frame.length > 1514) this.oversized++;
      return this.#check(request);
    };
  }

  #check(request: Message): Message | undefined {
    const { node, op, offsetInNode, client: domain } = request;
    const needs = op === Op.READ ? Right.READ : Right.WRITE;
    if (op === Op.CAPABILITY) return this.#give(request);
    if (op !== Op.READ && op !== Op.WRITE && op !== Op.TRIM) return undefined;
    const { rights, range, keyEpoch: epoch } = request;
    const claim = { node, domain, rights, range, epoch, start: startOf(offsetInNode, range) };
    const has = (request.extensions & Extension.CAPABILITY) !== 0 && (rights & needs) !== 0;
    let reason: Reason | 0 = 0;
    if (!has) reason = Reason.NO_PERMISSION;
    else if (epoch !== this.epoch) reason = Reason.STALE_CAPABILITY;
    else if (!isGenuine(KEY, claim, { ...claim, macLow: request.macLow, macHigh: request.macHigh })) {
      reason = Reason.BAD_CAPABILITY;
    }
    if (reason === 0) return undefined;
    this.refused++;
    return new Message().refuse(request, reason);
  }

  #give(request: Message): Message {
    this.asked++;
    const { node, client: domain, offsetInNode } = request;
    const { epoch, rights } = this;
    if (rights === 0) return new Message().refuse(request, Reason.NO_PERMISSION);
    const range = 14;
    const token = mint(KEY, { node, domain, rights, range, epoch, start: startOf(offsetInNode, range) });
    const answer = new Message().answer(request, Kind.REPLY);
    return Object.assign(answer, { ...token, keyEpoch: epoch, domain, extensions: Extension.CAPABILITY });
  }
}

describe('client with capabilities', () => {
  it('asks for a token when it first needs one, once for all that it is good for', async () => {
    const world = new CapableWorld();
    const region = await world.until(world.client.alloc(4 * PAGE));
    await world.until(world.client.write(region, pattern(4 * PAGE)));
    assert.deepEqual(await world.until(world.client.read(region, 4 * PAGE)), pattern(4 * PAGE));
    assert.ok(world.asked <= 4, `${world.asked} tokens for the four pages that were written at once`);
    const { asked } = world;
    await world.until(world.client.trim(region, PAGE));
    assert.deepEqual([world.asked, world.refused, world.oversized], [asked, 0, 0]);
  });

  it('asks for another one after a revocation, and goes on, whatever the fabric loses', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const impairments = { loss: 0.1, duplicate: 0.1, spread: 1 };
      const world = new CapableWorld({ seed, impairments });
      const region = await world.until(world.client.alloc(PAGE));
      for (let i = 1; i <= 5; i++) {
        world.epoch++;
        await world.until(world.client.write(region, pattern(PAGE, i)));
        world.epoch++;
        assert.deepEqual(await world.until(world.client.read(region, PAGE)), pattern(PAGE, i));
      }
      assert.ok(world.asked >= 10 && world.refused >= 9);
    }
  });

  it('says what was refused when a new token does not help either', async () => {
    const world = new CapableWorld();
    const region = await world.until(world.client.alloc(PAGE));
    world.rights = Right.READ;
    await world.until(world.client.read(region, 8));
    await assert.rejects(
      world.until(world.client.write(region, pattern(PAGE))),
      failsWith('NO_PERMISSION', /WRITE of 4096 bytes at fdbb:101:: was refused/),
    );
    assert.equal(world.asked, 2);
  });

  it('fails what waits for a token that is not to be had', async () => {
    const world = new CapableWorld();
    const region = await world.until(world.client.alloc(PAGE));
    world.rights = 0;
    await assert.rejects(world.until(world.client.read(region, 8)), failsWith('NO_PERMISSION', /CAPABILITY/));
    assert.equal(world.fabric.framesLost, 0);
  });
});
