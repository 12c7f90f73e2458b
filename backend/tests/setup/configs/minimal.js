module.exports = {title: 'Minimal', url: 'https://minimal.example.net', baseUrl: '/'};
