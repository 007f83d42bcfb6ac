import { Argument, Command, Option } from 'commander';
import { size, wholeNumber } from '../options.js';
import { type ApiConnection, askApi, DEFAULT_API } from './api-client.js';
import { changed, table } from './show.js';

interface Globals extends ApiConnection {
  readonly json?: boolean;
}
type Rows = readonly Readonly<Record<string, unknown>>[];

/** What an operator does with a running controller, over its API. */
export function ctlCommand(): Command {
  const ctl = new Command('ctl')
    .description('look at and change a running fabric, over the API of its controller')
    .addOption(new Option('--api <url>', 'where the API is').default(DEFAULT_API).env('BLUEBRIDGE_API'))
    .option('--token-file <file>', 'default: $BLUEBRIDGE_API_TOKEN_FILE, else ~/.config/bluebridge/api-token')
    .option('--ca <file>', 'PEM: who signed the certificate of the API')
    .option('--cert <file>', 'PEM: a certificate of your own, where the API asks for one')
    .option('--key <file>', 'PEM: its key, mode 0600')
    .option('--json', 'print what the API answers')
    .addHelpText(
      'after',
      `
The controller has to run with --api ("bluebridge controller --help"). A change is done when this command says so; when it fails, nothing has changed.

Examples:
  $ bluebridge ctl status
  $ bluebridge ctl add-client dave --node 4 --mac 02:bb:00:00:00:04 --port 6
  $ bluebridge ctl grant fdbb:101::2000 8KiB bob read
  $ bluebridge ctl revoke fdbb:101::2000 8KiB bob
  $ bluebridge ctl drain m1
  $ bluebridge ctl dump s1 --actual --json

Exit codes: 0 done, 1 refused or no answer, 2 wrong command line.`,
    );
  addViews(ctl);
  addHosts(ctl);
  addGrants(ctl);
  return ctl;
}

const segment = (name: string): string => encodeURIComponent(name);

/** Ask, and print the answer: for people, or as it is. */
async function tell<A>(
  ctl: Command,
  asked: { method?: string; path: string; body?: object },
  show: (answer: A) => string,
): Promise<void> {
  const { json, ...connection } = ctl.opts<Globals>();
  const { method = 'GET', path, body } = asked;
  const answer = await askApi(connection, method, path, body);
  process.stdout.write(`${json ? JSON.stringify(answer) : show(answer as A)}\n`);
}

function addViews(ctl: Command): void {
  ctl
    .command('status')
    .description('how the fabric is')
    .action(() =>
      tell(ctl, { path: '/v1/status' }, ({ switches, ...rest }: { switches: Rows }) =>
        [table([rest], ''), table(switches, 'no switches')].join('\n'),
      ),
    );
  for (const [name, about] of [
    ['servers', 'all servers, and what they hold'],
    ['clients', 'all clients'],
    ['moves', 'ranges that are at home on another server than their own'],
  ] as const) {
    ctl
      .command(name)
      .description(about)
      .action(() => tell(ctl, { path: `/v1/${name}` }, (rows: Rows) => table(rows, `no ${name}`)));
  }
  ctl
    .command('allocations')
    .description('who owns and shares which memory')
    .option('--server <name>', 'only those of this server')
    .option('--client <name>', 'only those that this client may use')
    .option('--limit <n>', 'at most so many', wholeNumber, 1000)
    .action((options: { server?: string; client?: string; limit: number }) => {
      const query = new URLSearchParams({ limit: String(options.limit) });
      if (options.server !== undefined) query.set('server', options.server);
      if (options.client !== undefined) query.set('client', options.client);
      return tell(
        ctl,
        { path: `/v1/allocations?${query}` },
        ({ allocations, more }: { allocations: Rows; more: boolean }) =>
          `${table(allocations, 'no allocations')}${more ? '\nand more: --limit shows them' : ''}`,
      );
    });
  ctl
    .command('dump')
    .description('the entries that a switch should hold')
    .argument('<switch>')
    .option('--actual', 'those that it does hold, read now')
    .action((name: string, { actual }: { actual?: boolean }) =>
      tell(ctl, { path: `/v1/switches/${segment(name)}/${actual ? 'actual' : 'planned'}` }, (rows: Rows) =>
        table(rows, 'no entries'),
      ),
    );
}

function addHosts(ctl: Command): void {
  for (const what of ['server', 'client'] as const) {
    const add = ctl
      .command(`add-${what}`)
      .description(`add a ${what}`)
      .argument('<name>')
      .requiredOption('--node <n>', 'its node id', nodeId)
      .requiredOption('--mac <address>', 'its MAC address')
      .requiredOption('--port <n>', 'the port of the switch that it is behind', wholeNumber)
      .option('--switch <name>', 'the switch, where there are several');
    if (what === 'server') add.requiredOption('--capacity <size>', 'what it serves, such as 64MiB', size);
    else add.option('--domain <n>', 'its protection domain; default: its node id', wholeNumber);
    add.action((name: string, options: object) =>
      tell(ctl, { method: 'POST', path: `/v1/${what}s`, body: { name, ...options } }, changed),
    );
    ctl
      .command(`remove-${what}`)
      .description(`remove a ${what}`)
      .argument('<name>')
      .option(
        '--force',
        what === 'server'
          ? 'also while it holds memory: all permissions on that are taken away'
          : 'also while it owns memory: that stays allocated, for nobody',
      )
      .action((name: string, { force }: { force?: boolean }) => {
        const path = `/v1/${what}s/${segment(name)}${force ? '?force=true' : ''}`;
        return tell(ctl, { method: 'DELETE', path }, changed);
      });
  }
  for (const draining of [true, false]) {
    ctl
      .command(draining ? 'drain' : 'undrain')
      .description(`place ${draining ? 'no new allocations on a server' : 'new allocations on it again'}`)
      .argument('<server>')
      .action((name: string) => {
        const path = `/v1/servers/${segment(name)}/draining`;
        return tell(ctl, { method: 'PUT', path, body: { draining } }, changed);
      });
  }
}

function addGrants(ctl: Command): void {
  const address = () => new Argument('<address>', 'where it starts, such as fdbb:101::2000');
  const length = () => new Argument('<length>', 'such as 8KiB, whole pages').argParser(size);
  ctl
    .command('grant')
    .description("let a client use a part of somebody's memory")
    .addArgument(address())
    .addArgument(length())
    .argument('<client>')
    .addArgument(new Argument('<rights>').choices(['read', 'write', 'read-write']))
    .action((address: string, length: number, client: string, rights: string) =>
      tell(ctl, { method: 'POST', path: '/v1/grants', body: { address, length, client, rights } }, changed),
    );
  ctl
    .command('revoke')
    .description('take that away again')
    .addArgument(address())
    .addArgument(length())
    .argument('<client>')
    .action((address: string, length: number, client: string) =>
      tell(ctl, { method: 'POST', path: '/v1/revocations', body: { address, length, client } }, changed),
    );
}

/** For commander: `4`, `0x103`. */
const nodeId = (text: string): number =>
  /^0x[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : wholeNumber(text);
