import { Page } from '../../components/Page';
export function PlaygroundPage() { return <Page title="PlaygroundPage">-</Page>; }
