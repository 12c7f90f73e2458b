module.exports = {
  plugins: ['a'],
  ...require('./local'),
};
