#include "examples/program_runner.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace program {

namespace {

constexpr auto patience = std::chrono::seconds(60);

/// In the child: a file in place of one of the standard streams.
void redirect(const std::filesystem::path& path, int flags, int stream) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0 || ::dup2(file, stream) < 0) ::_exit(126);
}

[[noreturn]] void become_program(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  ::_exit(127);
}

}  // namespace

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Running::Running(const std::vector<std::string>& arguments, const Streams& streams) {
  std::string name = (std::filesystem::temp_directory_path() / "unroll-program-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
  output_file_ = streams.output_file.empty() ? directory_ / "output" : std::filesystem::path(streams.output_file);
  std::ofstream(directory_ / "input", std::ios::binary) << streams.input;
  process_ = ::fork();
  if (process_ != 0) return;
  redirect(directory_ / "input", O_RDONLY, STDIN_FILENO);
  redirect(output_file_, O_WRONLY | O_CREAT, STDOUT_FILENO);
  redirect(directory_ / "errors", O_WRONLY | O_CREAT, STDERR_FILENO);
  std::signal(SIGINT, SIG_DFL);  // a shell without job control starts us with it ignored
  become_program(streams.program, arguments);
}

Running::~Running() {
  if (!ended_) {
    send(SIGKILL);
    wait();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool Running::has_said(const std::string& text) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (content_of(directory_ / "errors").find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

void Running::send(int signal) const { ::kill(process_, signal); }

Result Running::wait() {
  const auto end = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (::waitpid(process_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) send(SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ended_ = true;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {.code = code,
          .output = std::filesystem::is_regular_file(output_file_) ? content_of(output_file_) : "",
          .errors = content_of(directory_ / "errors")};
}

Result run(const std::vector<std::string>& arguments, const Streams& streams) {
  return Running(arguments, streams).wait();
}

}  // namespace program
