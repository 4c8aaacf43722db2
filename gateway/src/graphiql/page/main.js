// Runs in the browser: GraphiQL with a field for the access token and the tabs that the gateway suggests.
import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { createClient } from 'graphql-ws'
import { createElement, useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'graphiql/style.css'

const settings = JSON.parse(document.getElementById('settings').textContent)
const TOKEN_KEY = 'access-token'

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => {
    const name = label === 'json' || label === 'graphql' ? label : 'editor'
    return new Worker(`${settings.assets}/${name}.worker.js`)
  },
}

/** The token lives as long as the browser tab, never longer. */
let token = sessionStorage.getItem(TOKEN_KEY) ?? ''
const bearer = () => (token === '' ? {} : { authorization: `Bearer ${token}` })

let socket
function openSocket() {
  socket?.dispose()
  const url = new URL(settings.endpoint, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  socket = createClient({ url: url.href, connectionParams: bearer, lazy: true })
}
openSocket()

const fetcher = createGraphiQLFetcher({
  url: settings.endpoint,
  fetch: (url, init) => fetch(url, { ...init, headers: { ...bearer(), ...init.headers } }),
  wsClient: { subscribe: (...subscription) => socket.subscribe(...subscription) },
})

function Page() {
  const [value, setValue] = useState(token)
  const change = event => {
    token = event.target.value.trim().replace(/^bearer\s+/i, '')
    sessionStorage.setItem(TOKEN_KEY, token)
    setValue(event.target.value)
    openSocket()
  }
  return createElement(
    'div',
    { className: 'page' },
    createElement(
      'label',
      { className: 'token' },
      'Access token',
      createElement('input', {
        type: 'password',
        value,
        onChange: change,
        placeholder: 'sent as Authorization: Bearer …',
        autoComplete: 'off',
        spellCheck: false,
      }),
    ),
    createElement(GraphiQL, {
      fetcher,
      plugins: [HISTORY_PLUGIN],
      defaultTabs: settings.examples,
      defaultQuery: settings.examples[0]?.query ?? '{ __typename }',
      defaultEditorToolsVisibility: 'variables',
    }),
  )
}

createRoot(document.getElementById('graphiql')).render(createElement(Page))
