#include "simulator/patterns.h"

#include <fcntl.h>
#include <liburing.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "simulator/regions.h"

namespace vedette::simulator {
namespace {

constexpr std::uint64_t kFileMax = 256 << 20;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { close(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

Fd open_file(const std::string& path, int flags) {
  return Fd(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0644));
}

// A key stream over the bytes it is given, in order; a fresh random nonce for each file.
class Stream {
 public:
  explicit Stream(const Cipher& cipher) : context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
    std::array<unsigned char, 16> nonce{};
    good_ = context_ && RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) == 1 &&
            EVP_EncryptInit_ex(context_.get(), cipher.chacha ? EVP_chacha20() : EVP_aes_256_ctr(), nullptr,
                               reinterpret_cast<const unsigned char*>(cipher.key.data()), nonce.data()) == 1;
  }
  bool apply(char* bytes, std::size_t count) {
    auto* data = reinterpret_cast<unsigned char*>(bytes);
    int done = 0;
    return good_ && count < (1U << 30) &&
           EVP_EncryptUpdate(context_.get(), data, &done, data, static_cast<int>(count)) == 1;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context_;
  bool good_ = false;
};

bool read_at(int fd, char* bytes, std::size_t count, std::uint64_t from) {
  while (count > 0) {
    const auto got = ::pread(fd, bytes, count, static_cast<off_t>(from));
    if (got <= 0) return false;
    bytes += got, count -= static_cast<std::size_t>(got), from += static_cast<std::uint64_t>(got);
  }
  return true;
}

bool write_at(int fd, const char* bytes, std::size_t count, std::uint64_t from) {
  while (count > 0) {
    const auto put = ::pwrite(fd, bytes, count, static_cast<off_t>(from));
    if (put <= 0) return false;
    bytes += put, count -= static_cast<std::size_t>(put), from += static_cast<std::uint64_t>(put);
  }
  return true;
}

std::uint64_t size_of(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

bool read_whole(const std::string& path, std::string& out) {
  Fd in = open_file(path, O_RDONLY);
  if (!in) return false;
  out.resize(static_cast<std::size_t>(std::min(size_of(in.get()), kFileMax)));
  return read_at(in.get(), out.data(), out.size(), 0);
}

bool write_new(const std::string& path, const std::string& bytes, int flags = O_CREAT | O_EXCL) {
  Fd out = open_file(path, O_WRONLY | flags);
  return out && write_at(out.get(), bytes.data(), bytes.size(), 0);
}

bool encrypt_regions(int fd, const std::vector<Region>& regions, const Cipher& cipher) {
  Stream stream(cipher);
  std::string piece;
  for (const Region& region : regions) {
    for (std::uint64_t done = 0; done < region.size;) {
      const std::size_t count =
          static_cast<std::size_t>(std::min<std::uint64_t>(region.size - done, 1 << 20));
      piece.resize(count);
      if (!read_at(fd, piece.data(), count, region.from + done) || !stream.apply(piece.data(), count) ||
          !write_at(fd, piece.data(), count, region.from + done))
        return false;
      done += count;
    }
  }
  return true;
}

template <std::vector<Region> (*kRegions)(std::uint64_t)>
bool in_place(const std::string& path, const Cipher& cipher) {
  Fd file = open_file(path, O_RDWR);
  return file && encrypt_regions(file.get(), kRegions(size_of(file.get())), cipher);
}

std::string random_blob(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) out.clear();
  return out;
}

bool with_blob(const std::string& path, const Cipher& cipher, std::size_t blob_bytes) {
  Fd file = open_file(path, O_RDWR);
  if (!file) return false;
  const std::uint64_t size = size_of(file.get());
  const std::string blob = random_blob(blob_bytes);
  return encrypt_regions(file.get(), whole(size), cipher) &&
         write_at(file.get(), blob.data(), blob.size(), size);
}

bool append_key_blob(const std::string& path, const Cipher& cipher) { return with_blob(path, cipher, 512); }

bool trailer_rename(const std::string& path, const Cipher& cipher) {
  return with_blob(path, cipher, 256) && ::rename(path.c_str(), (path + cipher.ending).c_str()) == 0;
}

bool rename_first(const std::string& path, const Cipher& cipher) {
  const std::string name = path + cipher.ending;
  return ::rename(path.c_str(), name.c_str()) == 0 && in_place<whole>(name, cipher);
}

bool encrypted(const std::string& path, const Cipher& cipher, std::string& bytes) {
  return read_whole(path, bytes) && Stream(cipher).apply(bytes.data(), bytes.size());
}

bool new_then_delete(const std::string& path, const Cipher& cipher) {
  std::string bytes;
  return encrypted(path, cipher, bytes) && write_new(path + cipher.ending, bytes) &&
         ::unlink(path.c_str()) == 0;
}

bool truncate_write(const std::string& path, const Cipher& cipher) {
  std::string bytes;
  return encrypted(path, cipher, bytes) && write_new(path, bytes, O_TRUNC);
}

bool rename_over(const std::string& path, const Cipher& cipher) {
  std::string bytes;
  const std::string temporary = path + ".tmp";
  return encrypted(path, cipher, bytes) && write_new(temporary, bytes) &&
         ::rename(temporary.c_str(), path.c_str()) == 0;
}

bool memory_mapped(const std::string& path, const Cipher& cipher) {
  Fd file = open_file(path, O_RDWR);
  if (!file) return false;
  const std::size_t size = static_cast<std::size_t>(std::min(size_of(file.get()), kFileMax));
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED) return false;
  const bool done = Stream(cipher).apply(static_cast<char*>(at), size) && ::msync(at, size, MS_SYNC) == 0;
  ::munmap(at, size);
  return done;
}

// One request at a time through a ring: open, read, write and close are all submitted, none is a system call
// of its own.
bool through_ring(const std::string& path, const Cipher& cipher) {
  io_uring ring{};
  if (io_uring_queue_init(4, &ring, 0) != 0) return false;
  const auto submit = [&](auto&& prepare) {
    io_uring_sqe* request = io_uring_get_sqe(&ring);
    if (request == nullptr) return -1;
    prepare(request);
    io_uring_cqe* answer = nullptr;
    if (io_uring_submit_and_wait(&ring, 1) < 0 || io_uring_wait_cqe(&ring, &answer) != 0) return -1;
    const int result = answer->res;
    io_uring_cqe_seen(&ring, answer);
    return result;
  };
  const int fd = submit([&](io_uring_sqe* r) {
    io_uring_prep_openat(r, AT_FDCWD, path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
  });
  bool done = fd >= 0;
  Stream stream(cipher);
  const std::uint64_t size = done ? std::min(size_of(fd), kFileMax) : 0;
  std::string piece;
  for (std::uint64_t at = 0; done && at < size;) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size - at, 256 << 10)));
    const int got = submit([&](io_uring_sqe* r) {
      io_uring_prep_read(r, fd, piece.data(), static_cast<unsigned>(piece.size()), at);
    });
    if (got <= 0 || !stream.apply(piece.data(), static_cast<std::size_t>(got))) {
      done = false;
      break;
    }
    const int put = submit(
        [&](io_uring_sqe* r) { io_uring_prep_write(r, fd, piece.data(), static_cast<unsigned>(got), at); });
    done = put == got;
    at += static_cast<std::uint64_t>(got);
  }
  if (fd >= 0) submit([&](io_uring_sqe* r) { io_uring_prep_close(r, fd); });
  io_uring_queue_exit(&ring);
  return done;
}

bool base64_output(const std::string& path, const Cipher& cipher) {
  std::string bytes;
  if (!encrypted(path, cipher, bytes)) return false;
  std::string text(bytes.size() / 3 * 4 + 8, '\0');
  const int count =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  if (count < 0) return false;
  text.resize(static_cast<std::size_t>(count));
  return write_new(path, text, O_TRUNC);
}

constexpr std::array kPatterns{
    Pattern{"full_in_place", "the whole file, over itself", in_place<whole>},
    Pattern{"first_4k", "the first 4 KiB", in_place<first_4k>},
    Pattern{"head", "the first quarter, at most 1 MiB", in_place<head>},
    Pattern{"skip_64_128", "64 bytes, then 128 left alone", in_place<skip_64_128>},
    Pattern{"skip_64_192", "64 bytes, then 192 left alone", in_place<skip_64_192>},
    Pattern{"every_other_16", "16 of every 32 bytes", in_place<every_other_16>},
    Pattern{"middle_5_percent", "5% in the middle", in_place<middle_5_percent>},
    Pattern{"megabyte_steps", "256 KiB of each MiB", in_place<megabyte_steps>},
    Pattern{"percent_20", "4 KiB of every 20 KiB", in_place<percent_20>},
    Pattern{"three_fragments", "begin, middle and end", in_place<three_fragments>},
    Pattern{"append_key_blob", "the whole file and a blob behind it", append_key_blob},
    Pattern{"trailer_rename", "the whole file, a trailer, another name", trailer_rename},
    Pattern{"rename_first", "another name, then the whole file", rename_first},
    Pattern{"new_then_delete", "a new file, then the original is deleted", new_then_delete},
    Pattern{"truncate_write", "truncated and written again", truncate_write},
    Pattern{"rename_over", "a temporary file renamed over the original", rename_over},
    Pattern{"mmap", "through a shared mapping", memory_mapped},
    Pattern{"io_uring", "through io_uring alone", through_ring},
    Pattern{"base64", "the ciphertext as base64", base64_output},
    Pattern{"openssl_loop", "a shell loop, one openssl a file", nullptr, false, true},
    Pattern{"slow", "the whole file, a pause after each", in_place<whole>},
    Pattern{"slow_among_work", "the whole file, harmless changes of the same program between",
            in_place<whole>},
    Pattern{"note", "the whole file, a note in each folder", in_place<whole>, true},
};

}  // namespace

std::span<const Pattern> patterns() { return kPatterns; }

const Pattern* find_pattern(std::string_view name) {
  for (const Pattern& pattern : kPatterns)
    if (pattern.name == name) return &pattern;
  return nullptr;
}

bool leave_note(const std::string& folder) {
  return write_new(
      folder + "/READ_ME_NOW.txt",
      "This is a drill of the file watch.\nThe files in this folder were encrypted by a simulator, "
      "with a key that stands in its journal.\nNobody wants anything from you.\n",
      O_CREAT | O_TRUNC);
}

}  // namespace vedette::simulator
