#pragma once

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

/// A terminal of so many columns, or a pipe: what is written to `descriptor()` can be read.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (::openpty(&read_, &write_, nullptr, nullptr, &size) != 0) throw std::runtime_error("no terminal");
    prepare();
  }
  Terminal() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    read_ = ends[0], write_ = ends[1];
    prepare();
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { ::close(read_), ::close(write_); }

  int descriptor() const { return write_; }
  /// All that has been written since the last call. A terminal writes \r\n for \n.
  std::string text() const {
    std::string text;
    char block[4096];
    for (ssize_t count; (count = ::read(read_, block, sizeof block)) > 0;)
      text.append(block, static_cast<std::size_t>(count));
    return text;
  }

 private:
  void prepare() const { ::fcntl(read_, F_SETFL, O_NONBLOCK); }

  int read_ = -1, write_ = -1;
};

/// Sets a variable of the environment, or removes it, and puts it back at the end.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* const old = std::getenv(name)) old_ = old;
    set(value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) const { value ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> old_;
};
