// An embedded switch in a process of its own: prints its address, runs until it is killed. Argument: the CPU port.
import { RunningSwitch } from 'p4-switch';

const running = await RunningSwitch.start({
  deviceId: 1n,
  cpuPort: Number(process.argv[2]),
  p4runtime: '127.0.0.1:0',
  ports: new Map(),
});
process.stdout.write(`${running.address}\n`);
