// Workers inherit this, so that runs at the same time do not answer for each other.
module.exports = () => {
  process.env.DATABLOCK_TEST_RUN = String(process.pid);
};
