#include "server/accounts/qr_code.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

namespace vedette::server {

Result<QrCode> qr_code(const std::string& text) {
  constexpr int kQuiet = 4;
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M),
                                                       &QRcode_free);
  if (!code) return fail(ErrorCode::kLimit, "the text does not fit into a QR code");
  QrCode out{code->width + 2 * kQuiet, {}};
  for (int y = 0; y < code->width; ++y) {
    const unsigned char* row = code->data + std::ptrdiff_t{y} * code->width;
    for (int x = 0; x < code->width;) {
      int end = x;
      while (end < code->width && (row[end] & 1U) != 0) ++end;
      if (end > x) out.path += fmt::format("M{} {}h{}v1H{}z", x + kQuiet, y + kQuiet, end - x, x + kQuiet);
      x = std::max(end, x + 1);
    }
  }
  return out;
}

}  // namespace vedette::server
