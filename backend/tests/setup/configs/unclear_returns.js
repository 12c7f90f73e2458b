module.exports = async () => {
  const config = {title: 'Two', plugins: []};
  if (process.env.CI) { return config; }
  return {...config, plugins: ['a']};
};
