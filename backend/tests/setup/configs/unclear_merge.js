const config = {title: 'Merge', plugins: []};
module.exports = Object.assign({}, config, require('./local'));
