/** Names of interfaces are at most 15 bytes long (IFNAMSIZ without its zero byte, netdevice(7)). */
const LONGEST = 15;

/** The host's end of its cable, `h1-eth0` as in every Mininet; `pPORT-eth0` where the name is too long for that. */
export function hostInterface(host: { readonly name: string; readonly port: number }): string {
  const name = `${host.name}-eth0`;
  return name.length <= LONGEST ? name : `p${host.port}-eth0`;
}

/** The switch's end, `s1-eth3` for port 3; `sw-eth3` where the name is too long for that. */
export function switchInterface(switchName: string, port: number): string {
  const name = `${switchName}-eth${port}`;
  return name.length <= LONGEST ? name : `sw-eth${port}`;
}

/** For ordinary traffic; memory addresses have a prefix of their own. */
export const ordinaryAddress = (node: number): string => `fd00:bb::${node.toString(16)}`;
