const base = require('../shared/docusaurus.base');

module.exports = {
  ...base,
  title: 'Spread',
};
