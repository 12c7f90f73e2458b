const lightCodeTheme = require('prism-react-renderer/themes/github');

module.exports = async function createConfigAsync() {
  const math = (await import('remark-math')).default;
  const isDev = process.env.NODE_ENV === 'development';
  const urls = [1, 2].map((n) => {
    return `https://x/${n}`;
  });
  return {
    title: 'Async',
    url: 'https://async.example.net',
    baseUrl: process.env.BASE_URL ?? '/',
    presets: [
      ['classic', {docs: {remarkPlugins: [math]}}],
    ],
    plugins: [
      ['./plugin', {pattern: /[/\]}]+\.md$/g, urls}],
      isDev && 'dev-only'
    ].filter(Boolean)
  };
};
