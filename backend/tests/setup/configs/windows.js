module.exports = {
  title: 'Windows',
  url: 'https://windows.example.net',
  baseUrl: '/',
  plugins: [
    'a',
  ],
};
