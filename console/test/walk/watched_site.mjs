// A small web site of the walk's own, really served on another loopback port and really fetched.
import { createServer } from 'node:http';

const kStyle = `body{margin:0;font:16px/1.6 sans-serif;color:#1c2a38;background:#f4f6f8}header{background:#0b4f8a;color:#fff;padding:24px 48px}
h1{margin:0;font-size:28px}nav a{color:#dbe9f6;margin-right:24px}main{display:grid;grid-template-columns:repeat(3,1fr);gap:20px;padding:32px 48px}
article{background:#fff;border:1px solid #d9e0e7;border-radius:6px;padding:16px 20px}h2{font-size:17px;margin:0 0 8px}footer{padding:20px 48px;color:#52606d}`;
const kNews = ['Thông báo lịch tiếp công dân tháng này', 'Kết quả giải quyết thủ tục hành chính', 'Hướng dẫn nộp hồ sơ trực tuyến',
  'Danh sách thí sinh trúng tuyển', 'Mời thầu xây dựng trường tiểu học', 'Kế hoạch phòng chống thiên tai'];
const portal = (name) => `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>${name}</title><style>${kStyle}</style></head><body>
<header><h1>${name}</h1><nav><a href="/">Trang chủ</a><a href="/gioi-thieu">Giới thiệu</a><a href="/van-ban">Văn bản</a></nav></header>
<main>${kNews.map((n, i) => `<article><h2>${n}</h2><p>${n} của ${name}. Nội dung đầy đủ ở mục văn bản số ${i + 1}, kính mời quý vị theo dõi.</p></article>`).join('')}</main>
<footer>Bản quyền thuộc về ${name}. Địa chỉ: số 1 đường Hùng Vương.</footer></body></html>`;
const defaced = `<!doctype html><html><head><title>Hacked by Gray Kite Crew</title></head><body style="background:#000;color:#3f3;text-align:center">
<h1>HACKED BY GRAY KITE CREW</h1><p>Your security is a joke, admin. Greetz to all our friends.</p></body></html>`;

export async function watched_site() {
  const state = { defaced: false };
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(state.defaced && request.url === '/' ? defaced : portal(request.url === '/' ? 'Sở Giáo dục tỉnh Vân Sơn' : `Phòng ${request.url.slice(1)} tỉnh Vân Sơn`));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { state, url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}
