import type {Config} from '@docusaurus/types';

const siteTitle = 'Constants';
const baseUrl = '/constants/';

export default {
  title: siteTitle,
  url: 'https://constants.example.net',
  baseUrl,
  'presets': [['classic', {}]],
  "plugins": [
    'docusaurus-plugin-image-zoom' // zoom
    // nothing else
  ],
} satisfies Config;
