// ContentDecoder: takes the content codings off one body as it comes (RFC 9110 §8.4): gzip (RFC 1952, several
// members), deflate (zlib, or raw as some servers send it), br (RFC 7932), zstd (RFC 8878, window at most 8
// MiB).
//
// Unlike libcurl's own decoding it knows whether the stream came to its end. A coding it does not know passes
// through, as in browsers. Output comes in pieces of at most 64 KiB, so that `out` can stop a decompression
// bomb early. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace vedette::net {

class ContentDecoder {
 public:
  static constexpr const char* kAccepted = "gzip, deflate, br, zstd";
  static constexpr std::size_t kCodingsMax = 3;  // further ones are not taken off

  explicit ContentDecoder(std::string_view content_encoding);
  ~ContentDecoder();
  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;

  enum class Step { kMore, kStopped, kDamaged };  // kStopped: `out` returned false
  using Out = std::function<bool(std::string_view decoded)>;
  Step push(std::string_view bytes, const Out& out);
  // Every stream came to its end; also when not one byte came.
  bool complete() const;

  class Stage;

 private:
  Step push_from(std::size_t stage, std::string_view bytes, const Out& out);
  std::vector<std::unique_ptr<Stage>> stages_;  // in the order of decoding
};

}  // namespace vedette::net
