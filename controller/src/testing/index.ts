/** For tests of other folders that need a real etcd. */
export { TestEtcd } from './etcd.js';
