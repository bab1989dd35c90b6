"""From text to cleaner text: named steps, filters of lines, and a report of both."""
