import { Page } from '../../components/Page';
export function RequestPage() { return <Page title="RequestPage">-</Page>; }
