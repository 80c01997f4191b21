// Where notifications arrive: a real SMTP server with STARTTLS and a login, and a webhook that checks its signature.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { SMTPServer } from 'smtp-server';

const read = (stream) =>
  new Promise((done, failed) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => done(Buffer.concat(parts).toString('utf8')));
    stream.on('error', failed);
  });

// Undoes quoted-printable and base64 bodies, whichever the mail uses; enough to find the link in it.
function text_of(mail) {
  const [head, ...rest] = mail.split('\r\n\r\n');
  const parts = /boundary="?([^"\r\n;]+)/i.exec(head);
  if (parts) {
    return rest.join('\r\n\r\n').split(`--${parts[1]}`).filter((p) => p.includes('\r\n\r\n')).map((p) => text_of(p.replace(/^\r\n/, ''))).join('\n');
  }
  const body = rest.join('\r\n\r\n');
  if (/transfer-encoding:\s*base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/transfer-encoding:\s*quoted-printable/i.test(head)) return body;
  const bytes = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export async function smtp_sink({ key, cert, user, password }) {
  const mails = [];
  const server = new SMTPServer({
    key,
    cert,
    authOptional: false,
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password ? done(null, { user }) : done(new Error('wrong login')),
    onData: async (stream, session, done) => {
      const raw = await read(stream);
      const head = raw.split('\r\n\r\n')[0].replace(/\r\n[ \t]+/g, ' ');
      const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(head)?.[1].trim();
      mails.push({
        at: Date.now(),
        id: field('message-id'),
        subject: field('subject'),
        to: session.envelope.rcptTo.map((r) => r.address),
        secure: session.secure,
        text: text_of(raw),
        raw,
      });
      done();
    },
  });
  server.on('error', () => {}); // a client that is killed in the middle of a mail
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { mails, port: server.server.address().port, close: () => new Promise((done) => server.close(done)) };
}

export async function webhook_sink(secret, { delay_ms = 0 } = {}) {
  const calls = [];
  const refused = [];
  const server = createServer(async (request, response) => {
    let body;
    try {
      body = await read(request);
    } catch {
      return; // the sender was killed in the middle
    }
    const stamp = request.headers['x-vedette-timestamp'] ?? '';
    const wanted = `sha256=${createHmac('sha256', secret).update(`${stamp}.${body}`).digest('hex')}`;
    const given = request.headers['x-vedette-signature'] ?? '';
    if (given.length !== wanted.length || !timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) {
      refused.push(body);
      return response.writeHead(401).end();
    }
    calls.push({ at: Date.now(), key: request.headers['idempotency-key'], body: JSON.parse(body) });
    if (delay_ms) await new Promise((done) => setTimeout(done, delay_ms));
    response.writeHead(204).end();
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    calls,
    refused,
    url: `http://127.0.0.1:${server.address().port}/hook`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
