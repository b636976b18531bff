module benchtools

go 1.23
