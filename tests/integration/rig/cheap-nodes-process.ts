/** Makes one node and says where, for a test that kills this. */
import { cheapNodes } from '../../rig/proxmox/cheap-nodes.ts';

const { folder } = await cheapNodes({ nodes: ['baobab'] });
console.log(JSON.stringify({ folder }));
