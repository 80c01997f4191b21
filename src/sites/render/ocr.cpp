#include "sites/render/ocr.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "sites/render/picture.h"

namespace vedette::sites {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kTextBytesMax = 64u << 10;
constexpr std::size_t kOutputBytesMax = 4u << 20;  // TSV is wordy
constexpr int kConfidenceLeast = 30;               // words below it are noise of the picture, not text

// Grey, scaled bilinearly, as a binary PGM (netpbm), which needs no decoder on the other side.
std::string to_pgm(const Picture& picture, double scale) {
  double most = std::sqrt(static_cast<double>(kPicturePixelsMax) / picture.width / picture.height);
  scale = std::min(scale, most);
  auto width = std::max(1u, static_cast<std::uint32_t>(picture.width * scale));
  auto height = std::max(1u, static_cast<std::uint32_t>(picture.height * scale));
  std::vector<std::uint8_t> from(std::size_t{picture.width} * picture.height);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = grey(picture.rgb.data() + 3 * i);
  std::string out = fmt::format("P5\n{} {}\n255\n", width, height);
  out.reserve(out.size() + std::size_t{width} * height);
  for (std::uint32_t y = 0; y < height; ++y) {
    double sy = std::min((y + 0.5) / scale - 0.5, picture.height - 1.0);
    auto y0 = static_cast<std::uint32_t>(std::max(sy, 0.0));
    std::uint32_t y1 = std::min(y0 + 1, picture.height - 1);
    double fy = std::max(sy, 0.0) - y0;
    for (std::uint32_t x = 0; x < width; ++x) {
      double sx = std::min((x + 0.5) / scale - 0.5, picture.width - 1.0);
      auto x0 = static_cast<std::uint32_t>(std::max(sx, 0.0));
      std::uint32_t x1 = std::min(x0 + 1, picture.width - 1);
      double fx = std::max(sx, 0.0) - x0;
      auto at = [&](std::uint32_t px, std::uint32_t py) {
        return double{1} * from[std::size_t{picture.width} * py + px];
      };
      double top = at(x0, y0) * (1 - fx) + at(x1, y0) * fx, bottom = at(x0, y1) * (1 - fx) + at(x1, y1) * fx;
      out += static_cast<char>(static_cast<std::uint8_t>(std::lround(top * (1 - fy) + bottom * fy)));
    }
  }
  return out;
}

// The lines of tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height,
// confidence, text.
OcrText from_tsv(std::string_view tsv) {
  OcrText out;
  double sum = 0;
  std::string_view last_line;
  while (!tsv.empty()) {
    auto end = tsv.find('\n');
    auto row = tsv.substr(0, end);
    tsv.remove_prefix(end == std::string_view::npos ? tsv.size() : end + 1);
    std::array<std::string_view, 12> field;
    std::string_view rest = row;
    std::size_t line_end = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
      auto tab = i + 1 < field.size() ? rest.find('\t') : std::string_view::npos;
      field[i] = rest.substr(0, tab);
      if (tab == std::string_view::npos) break;
      rest.remove_prefix(tab + 1);
      if (i == 4) line_end = static_cast<std::size_t>(rest.data() - row.data());
    }
    if (field[0] != "5" || field[11].find_first_not_of(' ') == std::string_view::npos) continue;
    double confidence = 0;
    std::from_chars(field[10].data(), field[10].data() + field[10].size(), confidence);
    if (confidence < kConfidenceLeast) continue;
    if (out.text.size() + field[11].size() + 1 > kTextBytesMax) break;
    auto line = row.substr(0, line_end);
    if (!out.text.empty()) out.text += line == last_line ? ' ' : '\n';
    last_line = line;
    out.text += field[11];
    sum += confidence;
    ++out.words;
  }
  if (out.words > 0) out.confidence = static_cast<int>(sum / out.words);
  return out;
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become_tesseract(const char* const* argv, const char* const* envp, int in, int out,
                                   const OcrOptions& options, pid_t parent, const passwd* user) {
  setsid();
  int null = open("/dev/null", O_WRONLY);
  if (null < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0) _exit(126);
  close_range(3, ~0u, 0);
  auto limit = [](auto resource, rlim_t value) {
    rlimit r{value, value};
    setrlimit(resource, &r);
  };
  limit(RLIMIT_AS, options.memory_max_bytes);
  limit(RLIMIT_CPU, static_cast<rlim_t>(options.timeout.count() / 1'000 + 1));
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);  // it writes to its pipe only
  limit(RLIMIT_NOFILE, 32);
  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
       setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(125);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(argv[0], const_cast<char* const*>(argv), const_cast<char* const*>(envp));
  _exit(127);
}

class TesseractOcr final : public Ocr {
 public:
  TesseractOcr(OcrOptions options, const Clock& clock, Metrics& metrics)
      : options_(std::move(options)),
        clock_(clock),
        read_total_(metrics.counter("vedette_ocr_pictures_total", "Pictures read", {{"result", "ok"}})),
        failed_total_(metrics.counter("vedette_ocr_pictures_total", "Pictures read", {{"result", "failed"}})),
        dropped_total_(
            metrics.counter("vedette_ocr_dropped_total", "Pictures refused because too many waited")) {
    if (options_.program.empty()) {
      for (const char* path : {"/usr/bin/tesseract", "/usr/local/bin/tesseract"}) {
        if (options_.program.empty() && access(path, X_OK) == 0) options_.program = path;
      }
    }
    if (!options_.enabled) {
      blind_ = "sites.ocr.off";
    } else if (options_.program.empty() || !has_data()) {
      blind_ = "sites.ocr.no_data";
    }
  }

  Result<OcrText> read(std::string_view png) override {
    if (!blind_.empty()) return fail(ErrorCode::kUnsupported, "words in pictures cannot be read here");
    TRY_ASSIGN(auto picture, decode_png(png));
    if (++waiting_ > options_.waiting_max) {
      --waiting_;
      dropped_total_.add();
      return fail(ErrorCode::kLimit, "too many pictures wait to be read");
    }
    std::lock_guard one(mutex_);
    --waiting_;
    auto began = clock_.steady();
    auto tsv = run(to_pgm(picture, options_.scale));
    (tsv.has_value() ? read_total_ : failed_total_).add();
    if (!tsv.has_value()) return std::unexpected(std::move(tsv).error());
    auto out = from_tsv(*tsv);
    out.took = std::chrono::duration_cast<milliseconds>(clock_.steady() - began);
    return out;
  }

  RenderSight sight() const override {
    return {"sites.sight.ocr", blind_.empty(),
            Message{blind_.empty() ? "sites.ocr.ready" : blind_, {{"languages", options_.languages}}}};
  }

 private:
  bool has_data() const {
    std::vector<std::string> folders{options_.data_folder};
    if (options_.data_folder.empty()) {
      folders = {"/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata",
                 "/usr/share/tessdata", "/usr/local/share/tessdata"};
    }
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
      std::string_view rest = options_.languages;
      while (!rest.empty()) {
        auto plus = rest.find('+');
        std::string file = folder + "/" + std::string(rest.substr(0, plus)) + ".traineddata";
        if (access(file.c_str(), R_OK) != 0) return false;
        rest.remove_prefix(plus == std::string_view::npos ? rest.size() : plus + 1);
      }
      return true;
    });
  }

  Result<std::string> run(const std::string& pgm) {
    struct Fd {
      int fd = -1;
      ~Fd() {
        if (fd >= 0) close(fd);
      }
    } in, out, child_out;
    in.fd = memfd_create("vedette-picture", MFD_CLOEXEC);
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) == 0) {
      out.fd = ends[0];
      child_out.fd = ends[1];
    }
    for (std::size_t done = 0; in.fd >= 0 && done < pgm.size();) {
      ssize_t n = write(in.fd, pgm.data() + done, pgm.size() - done);
      if (n <= 0)
        return fail(ErrorCode::kUnavailable,
                    std::string("no memory for the picture: ") + std::strerror(errno));
      done += static_cast<std::size_t>(n);
    }
    if (in.fd < 0 || out.fd < 0)
      return fail(ErrorCode::kUnavailable, std::string("no file descriptor: ") + std::strerror(errno));
    lseek(in.fd, 0, SEEK_SET);

    std::vector<std::string> words{options_.program,
                                   "stdin",
                                   "stdout",
                                   "-l",
                                   options_.languages,
                                   "--psm",
                                   std::to_string(options_.page_segmentation)};
    if (!options_.data_folder.empty()) words.insert(words.end(), {"--tessdata-dir", options_.data_folder});
    words.emplace_back("tsv");
    // One thread: tesseract's own threads take more processor than time they save.
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "OMP_THREAD_LIMIT=1"};
    std::vector<const char*> argv, envp;
    for (const auto& word : words) argv.push_back(word.c_str());
    for (const auto& word : environment) envp.push_back(word.c_str());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    const passwd* user = geteuid() == 0 ? getpwnam("nobody") : nullptr;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) become_tesseract(argv.data(), envp.data(), in.fd, child_out.fd, options_, parent, user);
    if (pid < 0) return fail(ErrorCode::kUnavailable, std::string("fork: ") + std::strerror(errno));
    close(std::exchange(child_out.fd, -1));

    std::string text;
    auto deadline = clock_.steady() + options_.timeout;
    bool finished = false, too_long = false;
    while (!finished && !too_long) {
      auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.steady()).count();
      pollfd wait{out.fd, POLLIN, 0};
      int ready = left > 0 ? poll(&wait, 1, static_cast<int>(left)) : 0;
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) break;
      char part[16'384];
      ssize_t n = ::read(out.fd, part, sizeof part);
      finished = n <= 0;
      if (n > 0) text.append(part, static_cast<std::size_t>(n));
      too_long = text.size() > kOutputBytesMax;
    }
    if (!finished) kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!finished && !too_long) return fail(ErrorCode::kTimeout, "the picture could not be read in time");
    if (finished && text.empty())
      return fail(ErrorCode::kUnavailable, fmt::format("tesseract failed (status {})", status));
    return text;
  }

  OcrOptions options_;
  const Clock& clock_;
  Counter& read_total_;
  Counter& failed_total_;
  Counter& dropped_total_;
  std::string blind_;  // why nothing can be read
  std::mutex mutex_;
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace

std::unique_ptr<Ocr> make_ocr(OcrOptions options, const Clock& clock, Metrics& metrics) {
  return std::make_unique<TesseractOcr>(std::move(options), clock, metrics);
}

}  // namespace vedette::sites
