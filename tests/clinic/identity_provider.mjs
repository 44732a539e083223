// A certified OpenID provider for tests: `node identity_provider.mjs REDIRECT_URI PEOPLE`.
// PEOPLE is JSON: the claims of each person by name. Any password is right. Prints its issuer.
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const [redirectUri, people] = [process.argv[2], JSON.parse(process.argv[3])]
const profile = ['preferred_username', 'given_name', 'family_name', 'groups', 'email', 'email_verified']

async function everythingGranted (ctx) {
  const grant = new ctx.oidc.provider.Grant({
    clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId
  })
  grant.addOIDCScope('openid profile email')
  await grant.save()
  return grant
}

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'blockwise', client_secret: 'client-secret', redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], profile, email: [] },
    pkce: { required: () => true },
    cookies: { keys: ['only-for-tests'] },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
    loadExistingGrant: everythingGranted
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
process.stdin.resume().on('end', () => process.exit())
