#include "logs/read/decompress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"

namespace vedette::logs {
namespace {

using Step = Decompressor::Step;

class Gzip final : public Decompressor {
 public:
  Gzip() { VEDETTE_ASSERT(inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK); }  // else: out of memory
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Result<Step> run(std::string_view in, std::span<char> out) override {
    if (padding_) return Step{in.size(), 0};
    if (ended_ && !in.empty()) {
      if (static_cast<unsigned char>(in[0]) != 0x1F) {  // tar and tape pad with zeros
        padding_ = true;
        return Step{in.size(), 0};
      }
      inflateReset(&stream_);
      ended_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      ended_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return fail(ErrorCode::kCorrupt, "the gzip data is damaged");
    }
    return Step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
  }
  bool complete() const override { return ended_; }

 private:
  z_stream stream_{};
  bool ended_ = false, padding_ = false;
};

class Zstd final : public Decompressor {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    VEDETTE_ASSERT(stream_ != nullptr);
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLogMax);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  Result<Step> run(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t code = ZSTD_decompressStream(stream_, &to, &from);
    if (ZSTD_isError(code)) {
      return fail(ErrorCode::kCorrupt, std::string("the zstd data is damaged: ") + ZSTD_getErrorName(code));
    }
    if (from.pos > 0 || to.pos > 0) ended_ = code == 0;  // nothing in, nothing out: as it was
    return Step{from.pos, to.pos};
  }
  bool complete() const override { return ended_; }

 private:
  ZSTD_DStream* stream_;
  bool ended_ = false;
};

class Xz final : public Decompressor {
 public:
  Xz() { VEDETTE_ASSERT(lzma_stream_decoder(&stream_, kXzMemoryMax, LZMA_CONCATENATED) == LZMA_OK); }
  ~Xz() override { lzma_end(&stream_); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  Result<Step> run(std::string_view in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret code = lzma_code(&stream_, in.empty() ? LZMA_FINISH : LZMA_RUN);
    if (code == LZMA_STREAM_END) {
      ended_ = true;
    } else if (code == LZMA_MEMLIMIT_ERROR) {
      return fail(ErrorCode::kLimit, "the xz data needs more than 128 MiB of memory");
    } else if (code != LZMA_OK && code != LZMA_BUF_ERROR) {
      return fail(ErrorCode::kCorrupt, "the xz data is damaged");
    }
    return Step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
  }
  bool complete() const override { return ended_; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

}  // namespace

std::string_view compression_of(std::string_view head) {
  if (head.starts_with("\x1F\x8B\x08")) return "gzip";
  if (head.starts_with("\x28\xB5\x2F\xFD")) return "zstd";
  if (head.starts_with(std::string_view("\xFD"
                                        "7zXZ\0",
                                        6))) {
    return "xz";
  }
  return "";
}

std::unique_ptr<Decompressor> make_decompressor(std::string_view compression) {
  if (compression == "gzip") return std::make_unique<Gzip>();
  if (compression == "zstd") return std::make_unique<Zstd>();
  if (compression == "xz") return std::make_unique<Xz>();
  return nullptr;
}

}  // namespace vedette::logs
