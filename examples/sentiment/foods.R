# Writes the food reviews of Debian's r-cran-modeldata as lines of label, tab and text: train.tsv and test.tsv.
# Rscript foods.R FOLDER_OF_RDATA FOLDER_TO_WRITE
arguments <- commandArgs(TRUE)
data <- new.env()
invisible(lazyLoad(file.path(arguments[1], "Rdata"), data))
write_lines <- function(reviews, name) {
  text <- gsub("[[:space:][:cntrl:]]+", " ", enc2utf8(reviews$review))
  writeLines(paste(reviews$score, text, sep = "\t"), file.path(arguments[2], name), useBytes = TRUE)
}
write_lines(data$training_data, "train.tsv")
write_lines(data$testing_data, "test.tsv")
