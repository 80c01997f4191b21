// The watched side: nginx with real pages, and a web server that can be made to fail in every way seen in the wild.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { free_port } from './vedette.mjs';
import { until } from './wait.mjs';

// An own authority and certificates made with openssl; `days` < 0: expired already.
export function make_certificates(folder) {
  mkdirSync(folder, { recursive: true });
  const at = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=Vedette test authority', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  const issue = (name, subject_names, dates) => {
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
    writeFileSync(at(`${name}.ext`), `subjectAltName=${subject_names}\n`);
    writeFileSync(at('index.txt'), '');
    writeFileSync(at('serial'), '01');
    writeFileSync(
      at('ca.cnf'),
      `[ca]\ndefault_ca=c\n[c]\ndatabase=${at('index.txt')}\nserial=${at('serial')}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n`,
    );
    openssl('ca', '-batch', '-config', at('ca.cnf'), '-cert', at('ca.pem'), '-keyfile', at('ca.key'), '-in', at(`${name}.csr`), '-out', at(`${name}.pem`), '-extfile', at(`${name}.ext`), ...dates);
    return { key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.pem`)) };
  };
  const soon = ['-days', '20'];
  return {
    ca_file: at('ca.pem'),
    good: issue('good', 'DNS:localhost,IP:127.0.0.1', soon),
    wrong_name: issue('wrong', 'DNS:elsewhere.example', soon),
    expired: issue('expired', 'DNS:localhost,IP:127.0.0.1', ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z']),
  };
}

export async function nginx(folder, port) {
  mkdirSync(join(folder, 'www'), { recursive: true });
  port ??= await free_port();
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1; events { worker_connections 1024; }
http { access_log off; types { text/html html; text/css css; text/javascript js; } charset utf-8;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((t) => `${t}_temp_path ${folder}/${t};`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${folder}/www; index index.html; etag on; gzip on; } }
`,
  );
  const process_ = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await until('nginx answers', 10, () => fetch(url).then(() => true));
  return {
    url,
    put(path, text) {
      const file = join(folder, 'www', path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
    },
    close: () =>
      new Promise((done) => {
        process_.on('exit', done);
        process_.kill('SIGTERM');
      }),
  };
}

// Pages by path; a page is a function (request, response), so that it can misbehave.
export async function wild_server(tls) {
  const pages = new Map();
  const sockets = new Set();
  const answer = (request, response) => {
    const page = pages.get(new URL(request.url, 'http://x').pathname);
    if (!page) return response.writeHead(404).end('not here');
    page(request, response);
  };
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    pages,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}

export const html = (text, status = 200) => (_request, response) => {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(text);
};

export const misbehaviour = {
  server_error: html('<html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1></html>', 502),
  not_found: html('<html><title>404</title><h1>Not found</h1></html>', 404),
  // A byte a second: the fetch's own time limit must end it.
  slow_loris: (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const timer = setInterval(() => response.write('<'), 1000);
    response.on('close', () => clearInterval(timer));
  },
  truncated: (page) => (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': Buffer.byteLength(page) });
    response.write(page.slice(0, page.length / 3));
    setTimeout(() => response.destroy(), 50);
  },
  // A gigabyte, as fast as the other side reads.
  huge: (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const part = Buffer.alloc(1 << 20, '<p>a long line of text</p>');
    let left = 1024;
    const more = () => {
      while (left-- > 0) if (!response.write(part)) return response.once('drain', more);
      response.end();
    };
    more();
  },
  redirect_loop: (request, response) => response.writeHead(302, { location: `${request.url}?` }).end(),
  garbage: (request) => request.socket.end('\x00\x01 this is no HTTP\r\n\r\n'),
};

// A page of a public authority: enough stable text to be judged, a token that changes with every fetch.
export function portal_page(name, { token = '', extra = '' } = {}) {
  const news = ['Thông báo lịch tiếp công dân tháng này', 'Kết quả giải quyết thủ tục hành chính quý III', 'Hướng dẫn nộp hồ sơ trực tuyến',
    'Danh sách thí sinh trúng tuyển kỳ thi công chức', 'Mời thầu gói thầu xây dựng trường tiểu học', 'Kế hoạch phòng chống thiên tai năm nay'];
  return `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>${name} - Cổng thông tin điện tử</title>
<link rel="stylesheet" href="/style.css"><meta name="csrf" content="${token}"></head><body>
<header><h1>${name}</h1><nav><a href="/">Trang chủ</a> <a href="/gioi-thieu">Giới thiệu</a> <a href="/van-ban">Văn bản</a> <a href="/lien-he">Liên hệ</a></nav></header>
<main>${news.map((n, i) => `<article><h2>${n}</h2><p>${n} của ${name}. Nội dung chi tiết được đăng tại mục văn bản số ${i + 1}, kính mời quý vị theo dõi.</p></article>`).join('\n')}</main>
<form action="/tim" method="get"><input type="hidden" name="t" value="${token}"><input name="q"></form>${extra}
<footer>Bản quyền thuộc về ${name}. Địa chỉ: số 1 đường Hùng Vương.</footer></body></html>`;
}

export const defaced_page = (who) =>
  `<html><head><title>Hacked by ${who}</title></head><body bgcolor="black"><center><h1 style="color:red">HACKED BY ${who}</h1>
<p>Your security is low! We are everywhere. Greetz to all our friends.</p></center></body></html>`;

// Real pages of the corpus, if it is there: the first fetch of some services.
export function corpus_pages(folder, most) {
  const shared = process.env.VEDETTE_SHARED;
  const archive = shared && join(shared, 'corpora', 'sites', 'benign.tar.zst');
  if (!archive || !existsSync(archive)) return [];
  execFileSync('sh', ['-c', `mkdir -p "$1" && zstd -dcq --long=27 "$0" | tar x -C "$1"`, archive, folder]);
  const root = existsSync(join(folder, 'benign')) ? join(folder, 'benign') : folder;
  return readdirSync(root)
    .filter((d) => existsSync(join(root, d, '00.html')))
    .slice(0, most)
    .map((d) => readFileSync(join(root, d, '00.html'), 'utf8'));
}
