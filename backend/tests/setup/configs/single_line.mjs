export default {
  title: 'One',
  url: 'https://one.example.net',
  baseUrl: '/one/',
  plugins: ['docusaurus-plugin-sass', './plugin.js'],
  presets: [['classic', {docs: {}}]],
}
