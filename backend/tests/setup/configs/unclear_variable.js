const plugins = ['a'];
if (process.env.CI) plugins.push('b');

module.exports = {title: 'Variable', plugins};
