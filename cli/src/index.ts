export { Demo, type DemoFile, type DemoOptions } from './demo/demo.js';
export { allHeld, type Check, type DemoReport } from './demo/report.js';
export { startClient, startServer } from './fabric/hosts.js';
export { LocalFabric, type LocalFabricOptions } from './fabric/local-fabric.js';
export { compileProgram } from './fabric/program.js';
export { stratumFace } from './tofino/stand-in.js';
