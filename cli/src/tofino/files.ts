/** The device config of a program for Tofino: Stratum's BfPipelineConfig, named after the program. */
export const pipelineFile = (program: string): string => `${program}.pipeline.bin`;

/** The environment variable that names p4c's driver with the Tofino backend. */
export const DRIVER_VARIABLE = 'BLUEBRIDGE_P4C_TOFINO';
