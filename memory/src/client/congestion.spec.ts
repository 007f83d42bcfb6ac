import assert from 'node:assert/strict';
import { CongestionWindow, RttEstimate } from './congestion.js';

const pacing = { initialRto: 200, minRto: 20, maxRto: 2000, maxWindow: 64 };

describe('RttEstimate (RFC 6298)', () => {
  it('begins with the initial timeout and doubles it up to the largest', () => {
    const rtt = new RttEstimate(pacing);
    assert.equal(rtt.smoothed, undefined);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 20].map((attempt) => rtt.timeout(attempt)),
      [200, 400, 800, 1600, 2000, 2000],
    );
  });

  it('takes the first measurement whole and half of it for variation (2.2)', () => {
    const rtt = new RttEstimate(pacing);
    rtt.measure(100);
    assert.equal(rtt.smoothed, 100);
    assert.equal(rtt.timeout(0), 100 + 4 * 50);
  });

  it('smooths the next ones by an eighth, the variation by a quarter (2.3)', () => {
    const rtt = new RttEstimate(pacing);
    rtt.measure(100);
    rtt.measure(180);
    assert.equal(rtt.smoothed, 110);
    assert.equal(rtt.timeout(0), 110 + 4 * (50 + (80 - 50) / 4));
  });

  it('never waits less than the smallest timeout', () => {
    const rtt = new RttEstimate(pacing);
    for (let i = 0; i < 50; i++) rtt.measure(0.05);
    assert.equal(rtt.timeout(0), 20);
  });
});

describe('CongestionWindow', () => {
  it('grows by one an answer, after a loss by one a window, and only when it was full', () => {
    const window = new CongestionWindow(64);
    assert.equal(window.size, 4);
    for (let i = 0; i < 12; i++) window.answered(true);
    assert.equal(window.size, 16);
    window.answered(false);
    assert.equal(window.size, 16);
    window.lost(5, 10);
    assert.equal(window.size, 8);
    for (let i = 0; i < 9; i++) window.answered(true);
    assert.equal(window.size, 9);
  });

  it('halves once for what was sent before it halved, never below one, never above its most', () => {
    const window = new CongestionWindow(16);
    for (let i = 0; i < 100; i++) window.answered(true);
    assert.equal(window.size, 16);
    window.lost(5, 10);
    window.lost(6, 11);
    window.lost(10, 12);
    assert.equal(window.size, 8);
    for (let i = 0; i < 10; i++) window.lost(100 + 10 * i, 101 + 10 * i);
    assert.equal(window.size, 1);
  });

  it('takes a decrease back when what was missed was only late', () => {
    const window = new CongestionWindow(16);
    for (let i = 0; i < 100; i++) window.answered(true);
    window.lost(5, 10);
    window.wasOnlyLate(11);
    assert.equal(window.size, 8, 'sent after it: says nothing about it');
    window.wasOnlyLate(5);
    assert.equal(window.size, 16);
  });
});
