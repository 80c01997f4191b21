#include "net/content_decoder.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/assert.h"

namespace vedette::net {

using Step = ContentDecoder::Step;
using Out = ContentDecoder::Out;

class ContentDecoder::Stage {
 public:
  virtual ~Stage() = default;
  virtual Step push(std::string_view bytes, const Out& out) = 0;
  bool complete() const { return !begun_ || ended_; }

 protected:
  Step give(std::size_t produced, const Out& out) {
    if (produced == 0 || out({buffer_.data(), produced})) return Step::kMore;
    return Step::kStopped;
  }
  std::array<char, 65'536> buffer_;
  bool begun_ = false, ended_ = false;
};

namespace {

class Inflate final : public ContentDecoder::Stage {
 public:
  explicit Inflate(bool gzip) : gzip_(gzip) {}
  ~Inflate() override {
    if (open_) inflateEnd(&stream_);
  }
  Step push(std::string_view bytes, const Out& out) override {
    begun_ = begun_ || !bytes.empty();
    if (open_) return run(bytes, out);
    head_.append(bytes);  // two bytes tell zlib from raw deflate
    if (head_.size() < 2) return Step::kMore;
    auto first = static_cast<unsigned char>(head_[0]), second = static_cast<unsigned char>(head_[1]);
    bool zlib = (first & 0x0F) == 8 && (first * 256 + second) % 31 == 0;
    open_ = inflateInit2(&stream_, gzip_ ? 16 + MAX_WBITS : zlib ? MAX_WBITS : -MAX_WBITS) == Z_OK;
    VEDETTE_ASSERT(open_);  // out of memory
    std::string head = std::move(head_);
    return run(head, out);
  }

 private:
  Step run(std::string_view bytes, const Out& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      if (ended_) {
        // Another member may follow; anything else behind the end is no part of the body.
        if (!gzip_ || stream_.avail_in == 0 || *stream_.next_in != 0x1F) return Step::kMore;
        inflateReset(&stream_);
        ended_ = false;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      int code = inflate(&stream_, Z_NO_FLUSH);
      if (auto step = give(buffer_.size() - stream_.avail_out, out); step != Step::kMore) return step;
      if (code == Z_STREAM_END) {
        ended_ = true;
      } else if (code == Z_BUF_ERROR || (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0)) {
        return Step::kMore;
      } else if (code != Z_OK) {
        return Step::kDamaged;
      }
    }
  }

  const bool gzip_;
  bool open_ = false;
  std::string head_;
  z_stream stream_{};
};

class Brotli final : public ContentDecoder::Stage {
 public:
  Step push(std::string_view bytes, const Out& out) override {
    begun_ = begun_ || !bytes.empty();
    auto left = bytes.size();
    auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    while (!ended_) {
      auto room = buffer_.size();
      auto* to = reinterpret_cast<std::uint8_t*>(buffer_.data());
      auto code = BrotliDecoderDecompressStream(state_.get(), &left, &in, &room, &to, nullptr);
      if (auto step = give(buffer_.size() - room, out); step != Step::kMore) return step;
      if (code == BROTLI_DECODER_RESULT_ERROR) return Step::kDamaged;
      ended_ = code == BROTLI_DECODER_RESULT_SUCCESS;
      if (code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) break;
    }
    return Step::kMore;
  }

 private:
  struct Free {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Free> state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

class Zstd final : public ContentDecoder::Stage {
 public:
  Zstd() { ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 23); }
  Step push(std::string_view bytes, const Out& out) override {
    begun_ = begun_ || !bytes.empty();
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    bool full = false;  // there may be more output without further input
    while (in.pos < in.size || full) {
      ZSTD_outBuffer to{buffer_.data(), buffer_.size(), 0};
      auto code = ZSTD_decompressStream(context_.get(), &to, &in);
      if (ZSTD_isError(code)) return Step::kDamaged;
      if (auto step = give(to.pos, out); step != Step::kMore) return step;
      ended_ = code == 0;
      full = !ended_ && to.pos == to.size;
    }
    return Step::kMore;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
};

std::string token(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' && c != '\t') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

std::unique_ptr<ContentDecoder::Stage> stage_of(std::string_view coding) {
  if (coding == "gzip" || coding == "x-gzip") return std::make_unique<Inflate>(true);
  if (coding == "deflate") return std::make_unique<Inflate>(false);
  if (coding == "br") return std::make_unique<Brotli>();
  if (coding == "zstd") return std::make_unique<Zstd>();
  return nullptr;
}

}  // namespace

ContentDecoder::ContentDecoder(std::string_view content_encoding) {
  while (!content_encoding.empty() && stages_.size() < kCodingsMax) {  // the last one was applied last
    auto comma = content_encoding.rfind(',');
    auto last = comma == std::string_view::npos ? content_encoding : content_encoding.substr(comma + 1);
    if (auto stage = stage_of(token(last))) stages_.push_back(std::move(stage));
    content_encoding = content_encoding.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
}
ContentDecoder::~ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;

Step ContentDecoder::push(std::string_view bytes, const Out& out) { return push_from(0, bytes, out); }

Step ContentDecoder::push_from(std::size_t stage, std::string_view bytes, const Out& out) {
  if (stage == stages_.size()) return bytes.empty() || out(bytes) ? Step::kMore : Step::kStopped;
  auto inner = Step::kMore;
  auto step = stages_[stage]->push(bytes, [&](std::string_view decoded) {
    inner = push_from(stage + 1, decoded, out);
    return inner == Step::kMore;
  });
  return step == Step::kStopped ? inner : step;
}

bool ContentDecoder::complete() const {
  return std::ranges::all_of(stages_, [](const auto& stage) { return stage->complete(); });
}

}  // namespace vedette::net
