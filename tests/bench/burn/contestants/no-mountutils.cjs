// Stands for the `mountutils` package in the peer's process: a loop device that nobody mounted needs no unmounting.
exports.unmountDisk = (_device, done) => done();
