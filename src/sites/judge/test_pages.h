// Small pages of our own for the judge's tests: a newspaper, a ministry's portal, a bank. Each takes the
// number of the fetch, so that its counters, tokens, news and advertisements change as on a real site.
#pragma once

#include <string>

#include "sites/judge/judge.h"

namespace vedette::sites::test {

inline std::string newspaper(int fetch) {
  const std::string n = std::to_string(fetch);
  std::string out =
      "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Báo Sông Hồng - Tin tức hằng "
      "ngày</title>"
      "<link rel=\"stylesheet\" href=\"/static/css/main." +
      n +
      "ab12cd.css\">"
      "<script src=\"https://www.google-analytics.com/analytics.js\"></script>"
      "<script>window.token=\"t" +
      n +
      "9f\";window.dataLayer=window.dataLayer||[];</script></head><body>"
      "<nav><a href=\"/thoi-su\">Thời sự</a><a href=\"/kinh-te\">Kinh tế</a><a href=\"/the-thao\">Thể "
      "thao</a>"
      "<a href=\"/van-hoa\">Văn hóa</a></nav><h1>Báo Sông Hồng</h1>";
  const char* news[] = {
      "Mưa lớn tại các tỉnh miền núi phía Bắc",          "Giá gạo xuất khẩu tăng trong tháng này",
      "Đội tuyển quốc gia tập trung chuẩn bị vòng loại", "Khánh thành cầu mới qua sông",
      "Học sinh cả nước bước vào năm học mới",           "Triển lãm tranh khai mạc tại Hà Nội"};
  for (int i = 0; i < 4; ++i)
    out += "<div class=\"tin\"><h2><a href=\"/bai-" + std::to_string(fetch + i) + "\">" +
           news[(fetch + i) % 6] + "</a></h2></div>";
  out += "<p>Lượt xem: " + n + "</p><div class=\"qc\"><img src=\"https://ads" + std::to_string(fetch % 3) +
         ".quangcao.example/b.gif\"></div><footer><p>Cơ quan chủ quản: Hội Nhà báo tỉnh</p><p>Tổng biên tập: "
         "Nguyễn Văn An</p>"
         "<p>Giấy phép số 123/GP-BTTTT cấp ngày 01/01/2020</p><p>Liên hệ tòa soạn: 024 1234 5678</p>"
         "<p>Ghi rõ nguồn khi phát hành lại thông tin từ website này</p></footer></body></html>";
  return out;
}

inline std::string ministry(int fetch) {
  return "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Cổng thông tin điện tử Bộ "
         "Thủy lợi</title>"
         "<link rel=\"stylesheet\" href=\"/themes/bo/style.css\"><script "
         "src=\"/themes/bo/menu.js\"></script></head><body>"
         "<ul><li><a href=\"/gioi-thieu\">Giới thiệu</a></li><li><a href=\"/van-ban\">Văn bản pháp "
         "quy</a></li>"
         "<li><a href=\"/dich-vu-cong\">Dịch vụ công</a></li></ul><h1>Bộ Thủy lợi</h1>"
         "<p>Bộ trưởng tiếp đoàn công tác của Ngân hàng Thế giới về dự án đê biển.</p>"
         "<p>Thông báo tuyển dụng công chức năm nay của các đơn vị trực thuộc Bộ.</p>"
         "<p>Quyết định phê duyệt quy hoạch thủy lợi vùng đồng bằng sông Cửu Long.</p>"
         "<p>Hướng dẫn nộp hồ sơ trực tuyến mức độ bốn cho doanh nghiệp và người dân.</p>"
         "<p>Số người đang trực tuyến: " +
         std::to_string(100 + fetch) +
         "</p>"
         "<p>Bản quyền thuộc Bộ Thủy lợi. Ghi rõ nguồn khi trích dẫn.</p></body></html>";
}

inline std::string bank(int fetch) {
  return "<!DOCTYPE html><html lang=\"vi\"><head><title>Ngân hàng Sen Vàng - Đăng nhập</title>"
         "<link rel=\"stylesheet\" href=\"https://static.senvang.example/ib.css\"></head><body><h1>Ngân hàng "
         "Sen Vàng</h1>"
         "<form action=\"/ib/login\" method=\"post\"><input type=\"hidden\" name=\"csrf\" value=\"" +
         std::to_string(fetch * 7919) +
         "\"><input name=\"user\"><input type=\"password\" name=\"pass\"><button>Đăng nhập</button></form>"
         "<p>Không cung cấp mật khẩu và mã OTP cho bất kỳ ai.</p><p>Tổng đài hỗ trợ khách hàng 1900 0000.</p>"
         "<p>Biểu phí dịch vụ ngân hàng điện tử áp dụng từ tháng này.</p><p>Điều khoản sử dụng dịch vụ.</p>"
         "<a href=\"/bieu-phi\">Biểu phí</a><a href=\"/dieu-khoan\">Điều khoản</a>"
         "<p>Hội sở chính: 1 Tràng Tiền, Hà Nội</p></body></html>";
}

inline PageInput fetched(std::string_view url, std::string_view body, int status = 200) {
  return {.url = url, .http_status = status, .content_type = "text/html; charset=utf-8", .body = body};
}

inline constexpr int kLearnTarget = 8;

template <class Make>
Profile learnt(std::string_view url, Make make) {
  Profile profile;
  for (int i = 0; i < kLearnTarget; ++i) {
    const std::string body = make(i);
    profile.learn(fetched(url, body));
  }
  return profile;
}

inline std::string with(std::string page, std::string_view before, std::string_view added) {
  return page.insert(page.find(before), added);
}

}  // namespace vedette::sites::test
