#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

/// The programs of examples/, run as their users run them.
namespace program {

struct Result {
  int code;  // 128 + signal when a signal ended it
  std::string output, errors;
};

struct Streams {
  std::string input = {};        // what standard input holds
  std::string output_file = {};  // where standard output goes instead of Result::output
  std::string program = CHARACTER_MODEL_PROGRAM;
};

/// Runs it to its end. One that takes longer than a minute is killed: code 137.
Result run(const std::vector<std::string>& arguments, const Streams& streams = {});

/// One that goes on while the test does something to it.
class Running {
 public:
  explicit Running(const std::vector<std::string>& arguments, const Streams& streams = {});
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// Waits, at most a minute, until it has written this to standard error.
  bool has_said(const std::string& text) const;
  void send(int signal) const;
  Result wait();

 private:
  std::filesystem::path directory_;
  std::filesystem::path output_file_;
  pid_t process_;
  bool ended_ = false;
};

std::string content_of(const std::filesystem::path& path);

}  // namespace program
