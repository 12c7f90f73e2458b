/* eslint-disable */
module.exports = /** @type {import('@docusaurus/types').DocusaurusConfig} */ ({
  title: 'Cast',
  tagline: 'It\'s "quoted" // and no comment',
  url: 'https://cast.example.net',
  baseUrl: '/',
  headTags: [{tagName: 'meta', attributes: {content: "plugins: ["}}],
});
