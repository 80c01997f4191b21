#include "files/guard/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vedette::files {
namespace {

constexpr std::size_t kMessageMax = 512;  // a letter and a file id
constexpr std::size_t kGuardsMax = 4;
constexpr int kLookMs = 1'000;
constexpr std::size_t kMessagesAtOnce = 100'000;
constexpr timeval kPatience{5, 0};
enum : char {
  kKeep = 'K',
  kForget = 'F',
  kList = 'L',
  kEnd = 'E',
  kLinked = 'l',
  kUnlinked = 'u',
  kDone = '.'
};

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno));
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    return fail(ErrorCode::kInvalid,
                "the path of the vault is too long for a socket in it: " + path.string());
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

struct Message {
  char what = 0;
  FileId file;
  UniqueFd fd;
};

bool send_message(int socket, char what, const FileId& file, int fd) {
  std::string bytes = what + file;
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

// False: nothing more will come. A message of another shape is read as an empty one.
bool receive_message(int socket, Message& out) {
  char bytes[kMessageMax];
  iovec part{bytes, sizeof bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  auto size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (size <= 0) return false;
  out = {};
  for (auto* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= head->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, reinterpret_cast<char*>(head) + at, sizeof fd);
      out.fd.reset(fd);  // the last one; nobody of ours sends two
    }
  }
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return true;
  out.what = bytes[0];
  out.file.assign(bytes + 1, static_cast<std::size_t>(size) - 1);
  return true;
}

bool unlinked(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && status.st_nlink == 0;
}

bool ours(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

// One message of one guard; false: it hung up.
bool serve(int socket, KeptPins& pins, SteadyTime now, bool& ended) {
  Message message;
  if (!receive_message(socket, message)) return false;
  switch (message.what) {
    case kKeep:
      if (message.fd) pins.keep(std::move(message.file), std::move(message.fd), now);
      return true;
    case kForget:
      pins.forget(message.file);
      return true;
    case kList:
      for (const auto& pin : pins.pins())
        if (!send_message(socket, unlinked(pin.fd.get()) ? kUnlinked : kLinked, pin.file, pin.fd.get()))
          return false;
      return send_message(socket, kDone, {}, -1);
    case kEnd:
      ended = true;
      return true;
    default:
      return true;
  }
}

// What has come from one guard.
bool serve_all(int socket, KeptPins& pins, SteadyTime now, bool& ended) {
  for (std::size_t i = 0; i < kMessagesAtOnce && !ended; ++i) {
    pollfd polled{socket, POLLIN, 0};
    if (::poll(&polled, 1, 0) <= 0) return true;
    if (!serve(socket, pins, now, ended)) return false;
  }
  return true;
}

void run(UniqueFd listening, const std::filesystem::path& path, const KeeperLimits& limits) {
  SystemClock clock;
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  KeptPins pins(std::min<std::size_t>(limits.pins_max, descriptors.rlim_cur / 2));
  std::vector<UniqueFd> guards;
  auto alone_since = clock.steady(), looked = alone_since;
  for (bool ended = false; !ended;) {
    std::vector<pollfd> polled{{listening.get(), POLLIN, 0}};
    for (const auto& guard : guards) polled.push_back({guard.get(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), kLookMs);
    const auto now = clock.steady();
    // The one that came first in full before the next: what a guard that was killed had still sent counts for
    // its successor.
    std::erase_if(guards, [&](const UniqueFd& guard) { return !serve_all(guard.get(), pins, now, ended); });
    if (polled[0].revents != 0) {
      UniqueFd guard(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
      // A guard that does not read what it asked for must not hold up the next one for ever.
      if (guard) ::setsockopt(guard.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
      if (guard && guards.size() < kGuardsMax && ours(guard.get())) guards.push_back(std::move(guard));
    }
    if (!guards.empty()) alone_since = now;
    if (now - alone_since > limits.alone_max) ended = true;
    if (now - looked < std::chrono::milliseconds(kLookMs)) continue;
    looked = now;
    pins.expire(now, limits.age_max);
  }
  ::unlink(path.c_str());
}

// In the child: nothing of the watchdog's may stay open in a process that outlives it.
[[noreturn]] void become_keeper(UniqueFd listening, const std::filesystem::path& path,
                                const KeeperLimits& limits) {
  ::setsid();
  ::prctl(PR_SET_NAME, "vedette-keeper");
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  constexpr int kSocket = 3;
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd : {0, 1, 2}) ::dup2(null, fd);
  if (listening.get() != kSocket) {
    ::dup3(listening.get(), kSocket, O_CLOEXEC);
    [[maybe_unused]] auto moved = listening.release();
  } else {
    [[maybe_unused]] auto same = listening.release();
  }
  ::syscall(SYS_close_range, kSocket + 1, ~0U, 0);
  [[maybe_unused]] auto home = ::chdir("/");
  run(UniqueFd(kSocket), path, limits);
  ::_exit(0);
}

}  // namespace

void KeptPins::keep(FileId file, UniqueFd fd, SteadyTime now) {
  forget(file);
  if (pins_.size() >= pins_max_) {
    auto out = std::ranges::find_if(pins_, [](const Pin& pin) { return !unlinked(pin.fd.get()); });
    erase(out == pins_.end() ? pins_.begin() : out);
  }
  pins_.push_back({file, std::move(fd), now});
  by_file_[std::move(file)] = std::prev(pins_.end());
}

void KeptPins::erase(std::list<Pin>::iterator pin) {
  by_file_.erase(pin->file);
  pins_.erase(pin);
}

void KeptPins::forget(const FileId& file) {
  if (auto found = by_file_.find(file); found != by_file_.end()) erase(found->second);
}

void KeptPins::expire(SteadyTime now, std::chrono::milliseconds age) {
  while (!pins_.empty() && now - pins_.front().at > age) erase(pins_.begin());
}

Result<void> start_keeper(const std::filesystem::path& vault, const KeeperLimits& limits) {
  if (KeeperLink::connect(vault)) return {};
  std::error_code ignored;
  std::filesystem::create_directories(vault.parent_path(), ignored);
  if (::mkdir(vault.c_str(), 0700) != 0 && errno != EEXIST) return failed("creating " + vault.string());
  auto path = std::filesystem::absolute(vault) / "keeper";
  TRY_ASSIGN(auto address, address_of(path));
  ::unlink(path.c_str());  // of one that was killed: it did not answer
  UniqueFd listening(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!listening || ::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening.get(), kGuardsMax) != 0)
    return failed(path.string());
  const auto child = ::fork();
  if (child < 0) return failed("starting the keeper");
  if (child == 0) become_keeper(std::move(listening), path, limits);
  return {};
}

Result<std::unique_ptr<KeeperLink>> KeeperLink::connect(const std::filesystem::path& vault) {
  TRY_ASSIGN(auto address, address_of(std::filesystem::absolute(vault) / "keeper"));
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(ErrorCode::kNotFound, "no keeper answers for the vault " + vault.string());
  for (int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    ::setsockopt(socket.get(), SOL_SOCKET, option, &kPatience, sizeof kPatience);
  return std::unique_ptr<KeeperLink>(new KeeperLink(std::move(socket)));
}

Result<std::vector<KeeperLink::Kept>> KeeperLink::take_over() {
  std::lock_guard lock(mutex_);
  if (!send_message(socket_.get(), kList, {}, -1)) return failed("asking the keeper");
  std::vector<Kept> out;
  for (Message message; receive_message(socket_.get(), message);) {
    if (message.what == kDone) return out;
    if (message.fd)
      out.push_back({std::move(message.file), std::move(message.fd), message.what == kUnlinked});
  }
  broken_ = true;
  return failed("hearing what the keeper holds");
}

bool KeeperLink::send(char what, const FileId& file, int fd) {
  std::lock_guard lock(mutex_);
  if (broken_ || file.size() + 1 > kMessageMax) return false;
  broken_ = !send_message(socket_.get(), what, file, fd);
  return !broken_;
}

bool KeeperLink::keep(const FileId& file, int fd) { return send(kKeep, file, fd); }
void KeeperLink::forget(const FileId& file) { send(kForget, file, -1); }
void KeeperLink::end() { send(kEnd, {}, -1); }
bool KeeperLink::alive() const {
  std::lock_guard lock(mutex_);
  return !broken_;
}

}  // namespace vedette::files
