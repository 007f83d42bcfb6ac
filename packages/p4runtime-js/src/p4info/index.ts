export { type Named, Names } from './names.js';
export type {
  ActionInfo,
  ActionProfileInfo,
  CounterInfo,
  DigestInfo,
  KeyInfo,
  MeterInfo,
  ObjectInfo,
  PacketHeaderInfo,
  ParamInfo,
  RegisterInfo,
  TableActionInfo,
  TableInfo,
  Unit,
  ValueSetInfo,
} from './objects.js';
export { P4InfoIndex } from './p4info-index.js';
