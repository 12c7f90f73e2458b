module.exports = {title: 'Concat', plugins: ['a'].concat(require('./more'))};
