#include "desk/evidence/sealed_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "base/sha256_stream.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kSealedPiece = kPiece + crypto_secretstream_xchacha20poly1305_ABYTES;

std::unexpected<Error> file_trouble(const std::filesystem::path& path, std::string_view what) {
  return fail(ErrorCode::kUnavailable, fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Result<void> write_whole(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_trouble(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Up to `size` bytes; fewer only at the end of the file.
Result<std::string> read_some(int fd, std::size_t size, const std::filesystem::path& path) {
  std::string out(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const auto read = ::read(fd, out.data() + got, size - got);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return file_trouble(path, "cannot be read");
    if (read == 0) break;
    got += static_cast<std::size_t>(read);
  }
  out.resize(got);
  return out;
}

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct SealedWriter::State {
  State(std::filesystem::path the_path, int fd) : path(std::move(the_path)), file(fd) {}
  std::filesystem::path path;
  OpenFile file;
  crypto_secretstream_xchacha20poly1305_state stream{};
  Sha256Stream hash;
  std::string waiting;  // less than a piece
  std::uint64_t size = 0;
  std::string sha256;
};

SealedWriter::SealedWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedWriter::SealedWriter(SealedWriter&&) noexcept = default;
SealedWriter& SealedWriter::operator=(SealedWriter&&) noexcept = default;
SealedWriter::~SealedWriter() = default;

Result<SealedWriter> SealedWriter::create(const std::filesystem::path& path, const Secret& key) {
  VEDETTE_ASSERT(key.reveal().size() == crypto_secretstream_xchacha20poly1305_KEYBYTES);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return file_trouble(path, "cannot be made");
  auto state = std::make_unique<State>(path, fd);
  std::string header(crypto_secretstream_xchacha20poly1305_HEADERBYTES, '\0');
  crypto_secretstream_xchacha20poly1305_init_push(
      &state->stream, reinterpret_cast<unsigned char*>(header.data()), bytes_of(key.reveal()));
  TRY(write_whole(fd, header, path));
  return SealedWriter(std::move(state));
}

Result<void> SealedWriter::seal(std::string_view piece, unsigned char tag) {
  std::string sealed(piece.size() + crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
  crypto_secretstream_xchacha20poly1305_push(&state_->stream, reinterpret_cast<unsigned char*>(sealed.data()),
                                             nullptr, bytes_of(piece), piece.size(), nullptr, 0, tag);
  return write_whole(state_->file.fd(), sealed, state_->path);
}

Result<void> SealedWriter::write(std::string_view bytes) {
  auto& state = *state_;
  state.hash.add(bytes);
  state.size += bytes.size();
  state.waiting.append(bytes);
  // The last piece is sealed by finish(), so one is always kept back.
  while (state.waiting.size() > kPiece) {
    TRY(seal(std::string_view(state.waiting).substr(0, kPiece),
             crypto_secretstream_xchacha20poly1305_TAG_MESSAGE));
    state.waiting.erase(0, kPiece);
  }
  return {};
}

Result<void> SealedWriter::finish(const std::filesystem::path& name) {
  auto& state = *state_;
  TRY(seal(state.waiting, crypto_secretstream_xchacha20poly1305_TAG_FINAL));
  state.sha256 = state.hash.hex();
  if (::fsync(state.file.fd()) != 0) return file_trouble(state.path, "cannot be written");
  if (::rename(state.path.c_str(), name.c_str()) != 0) return file_trouble(name, "cannot be named");
  const OpenFile folder(::open(name.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd() < 0 || ::fsync(folder.fd()) != 0)
    return file_trouble(name.parent_path(), "cannot be written");
  return {};
}

std::uint64_t SealedWriter::size() const { return state_->size; }
std::string SealedWriter::sha256() const { return state_->sha256; }

Result<void> read_sealed(const std::filesystem::path& path, const Secret& key,
                         const std::function<Result<void>(std::string_view)>& each) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.fd() < 0) return file_trouble(path, "cannot be opened");
  const auto corrupt = [&] {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: was changed, cut off, or sealed with another key", path.string()));
  };
  crypto_secretstream_xchacha20poly1305_state stream{};
  TRY_ASSIGN(auto header, read_some(file.fd(), crypto_secretstream_xchacha20poly1305_HEADERBYTES, path));
  if (header.size() != crypto_secretstream_xchacha20poly1305_HEADERBYTES ||
      crypto_secretstream_xchacha20poly1305_init_pull(&stream, bytes_of(header), bytes_of(key.reveal())) != 0)
    return corrupt();
  for (unsigned char tag = 0; tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL;) {
    TRY_ASSIGN(auto sealed, read_some(file.fd(), kSealedPiece, path));
    std::string plain(kPiece, '\0');
    unsigned long long size = 0;
    if (sealed.size() < crypto_secretstream_xchacha20poly1305_ABYTES ||
        crypto_secretstream_xchacha20poly1305_pull(&stream, reinterpret_cast<unsigned char*>(plain.data()),
                                                   &size, &tag, bytes_of(sealed), sealed.size(), nullptr,
                                                   0) != 0)
      return corrupt();
    TRY(each(std::string_view(plain).substr(0, size)));
  }
  TRY_ASSIGN(auto rest, read_some(file.fd(), 1, path));
  return rest.empty() ? Result<void>() : corrupt();
}

}  // namespace vedette::desk
