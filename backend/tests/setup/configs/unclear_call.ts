import {withTheme} from './theme';

export default withTheme({title: 'Wrapped', plugins: []});
