// The certified OpenID Connect provider, strict: node provider.mjs PORT SERVICE AUDIENCE
import { Provider } from 'oidc-provider'

const [port, service, audience] = process.argv.slice(2)
const scope = 'items:read items:write'

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'login',
      client_secret: 'a secret of the service',
      redirect_uris: [`${service}/api/v1/auth/callback`, `${service}/docs/oauth2-redirect`],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    {
      client_id: 'machine',
      client_secret: 'a secret of the machine',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ],
  scopes: ['openid', 'email', 'profile', 'offline_access', ...scope.split(' ')],
  claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, email: `${sub}@example.com` }) }),
  extraTokenClaims: (_, token) => ({ roles: token.accountId === 'root' ? ['admin'] : [] }),
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  pkce: { required: () => true },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope, audience, accessTokenFormat: 'jwt' }),
      useGrantedResource: () => true,
    },
  },
})

provider.listen(Number(port), '127.0.0.1')
