import { Page } from '../../components/Page';
export function AlertsPage() { return <Page title="AlertsPage">-</Page>; }
