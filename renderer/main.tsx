import './zod-without-eval.ts';
import './app/mantine-styles.ts';
import './app/tokens.css';
import './app/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { connect } from './connection/client.ts';
import { followContrast, followLanguage } from './stores/appearance.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
followContrast(document.documentElement);
// The host's port comes when the page is loaded, which does not wait for a language.
const api = connect();
await followLanguage();
createRoot(root).render(
  <StrictMode>
    <App api={api} />
  </StrictMode>,
);
