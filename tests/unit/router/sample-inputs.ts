import { hex64, jobId } from './recording-services.ts';

const card = { node: 'titan-13', target: { kind: 'virtual-drive', name: 'demo-sd' } };

/** A valid input for every method that takes one; the confirmation of cards.burn must be issued first. */
export const sampleInputs: Readonly<Record<string, unknown>> = {
  'lab.get': { file: 'metis/inventory.yaml', pointer: '/nodes' },
  'lab.set': { file: 'metis/inventory.yaml', pointer: '/nodes/titan-13/description', value: 'x' },
  'lab.demo': { folder: '/somewhere' },
  'lab.logbook': { limit: 5 },
  'images.add': { name: 'demo', file: '/images/demo.img.xz', rootPartition: 2 },
  'images.verify': { name: 'demo' },
  'secrets.init': {},
  'secrets.unlock': { passphrase: 'correct horse' },
  'secrets.seal': { name: 'k3s-token', value: 'planted-secret-value' },
  'drives.createVirtual': { name: 'demo-sd', size: 1 << 20 },
  'cards.plan': card,
  'cards.confirm': { planDigest: hex64 },
  'cards.burn': { planDigest: hex64, confirmation: 'never-issued' },
  'cards.verify': card,
  'cards.receipts': { node: 'titan-13' },
  'nodes.check': { nodes: ['baobab'] },
  'nodes.hostKey': { host: 'baobab' },
  'nodes.trust': { host: 'baobab', proof: { fingerprint: `SHA256:${'A'.repeat(43)}` } },
  'session.log': { limit: 5 },
  'jobs.follow': { id: jobId },
  'jobs.cancel': { id: jobId },
};
