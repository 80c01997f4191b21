#include "files/webroots/plain_code.h"

#include "files/webroots/php_tokens.h"
#include "files/webroots/php_values.h"

namespace vedette::files {
namespace {

constexpr std::size_t kBytesMax = 2u << 20;
constexpr int kLayers = 4;

}  // namespace

std::string plain_code(std::string_view bytes) {
  bytes = bytes.substr(0, kBytesMax);
  PlainCode plain(2 * bytes.size() + 4096);
  std::vector<std::string> layer = php_sections(bytes);
  for (int depth = 0; depth < kLayers && !layer.empty(); ++depth) {
    std::vector<std::string> next;
    for (const auto& code : layer) plain.read(php_tokens(code), next);
    layer = std::move(next);
  }
  return plain.take();
}

}  // namespace vedette::files
