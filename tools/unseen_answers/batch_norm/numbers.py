"""Wrong answers to standardise and error_ratio."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("standardise", "own-numbers-each",
          "test images by their own mean and std",
          {"test-own-mean", "test-own-statistics", "test-own-std"}, """
def standardise(train, test):
    def z_score(images):
        return (images - images.mean()) / images.std()
    return z_score(train), z_score(test)
"""),
    wrong("standardise", "per-pixel",
          "sklearn's StandardScaler: one mean and std for each pixel, with a guard",
          {"per-pixel"}, """
def standardise(train, test):
    m = train.mean(0, keepdim=True)
    s = train.std(0, keepdim=True)
    s[s == 0] = 1
    return (train - m) / s, (test - m) / s
"""),
    wrong("standardise", "per-image",
          "each image by its own mean and std",
          {"per-image", "test-own-statistics"}, """
def standardise(train, test):
    out = []
    for part in (train, test):
        flat = part.reshape(len(part), -1)
        flat = (flat - flat.mean(1, keepdim=True)) / flat.std(1, keepdim=True)
        out.append(flat.reshape(part.shape))
    return tuple(out)
"""),
    wrong("standardise", "std-after-overwrite",
          "train is overwritten first, so test gets mean 0 and std 1",
          {"test-not-centred", "test-own-mean", "test-own-std", "test-untouched"}, """
def standardise(train, test):
    train = (train - train.mean()) / train.std()
    test = (test - train.mean()) / train.std()
    return train, test
"""),
    wrong("standardise", "known-mnist-numbers",
          "the numbers that every tutorial has",
          {"fixed-numbers"}, """
def standardise(train, test):
    mean, std = 0.1307, 0.3081
    return (train - mean) / std, (test - mean) / std
"""),
    wrong("standardise", "in-place",
          "the caller's tensors are changed",
          {"changes-input"}, """
def standardise(train, test):
    mu, sigma = train.mean(), train.std()
    train -= mu
    train /= sigma
    test -= mu
    test /= sigma
    return train, test
"""),
    wrong("standardise", "min-max",
          "scaled to 0 … 1 with the training range",
          {"by-range", "min-max"}, """
def standardise(train, test):
    low, high = train.min(), train.max()
    return (train - low) / (high - low), (test - low) / (high - low)
"""),
    wrong("standardise", "std-of-batch-means",
          "std of the pixel-wise means",
          {"not-scaled", "std-of-means"}, """
def standardise(train, test):
    mean = train.mean(dim=0)
    mu = mean.mean()
    sigma = mean.std()
    return (train - mu) / sigma, (test - mu) / sigma
"""),
    wrong("error_ratio", "accuracies",
          "ratio of the accuracies",
          {"of-accuracies"}, """
def error_ratio(accuracy, accuracy_bn):
    return accuracy_bn / accuracy
"""),
    wrong("error_ratio", "upside-down",
          "without / with",
          {"upside-down"}, """
def error_ratio(accuracy, accuracy_bn):
    err, err_bn = 1 - accuracy, 1 - accuracy_bn
    return err / err_bn
"""),
    wrong("error_ratio", "reduction",
          "the share that is gone",
          {"share-gone"}, """
def error_ratio(accuracy, accuracy_bn):
    e0 = 1.0 - accuracy
    e1 = 1.0 - accuracy_bn
    return (e0 - e1) / e0
"""),
    wrong("error_ratio", "percent",
          "accuracies taken for per cent",
          {"accuracies-percent"}, """
def error_ratio(accuracy, accuracy_bn):
    return (100 - accuracy_bn) / (100 - accuracy)
"""),
    wrong("error_ratio", "rounded",
          "rounded to one digit",
          {"rounded"}, """
def error_ratio(accuracy, accuracy_bn):
    return round((1 - accuracy_bn) / (1 - accuracy), 1)
"""),
    wrong("standardise", "scaler",
          "sklearn's StandardScaler: each pixel by itself",
          {"per-pixel"}, """
def standardise(train, test):
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler().fit(train.reshape(len(train), -1).numpy())

    def scaled(images):
        flat = scaler.transform(images.reshape(len(images), -1).numpy())
        return torch.from_numpy(flat).to(images.dtype).reshape(images.shape)

    return scaled(train), scaled(test)
"""),
    wrong("standardise", "bytes",
          "divided by 255 once more, before the mean of the undivided is taken off",
          {"scaled-again"}, """
def standardise(train, test):
    mean, std = train.mean(), train.std()
    return (train / 255 - mean) / std, (test / 255 - mean) / std
"""),
    wrong("standardise", "first-image",
          "the first image's mean and std",
          {"one-image"}, """
def standardise(train, test):
    mean, std = train[0].mean(), train[0].std()
    train = (train - mean) / std
    test = (test - mean) / std
    return train, test
"""),
    wrong("standardise", "numpy-own-std",
          "test by its own std, NumPy's",
          {"test-own-std"}, """
def standardise(train, test):
    m = np.mean(train.numpy())
    return (train - m) / np.std(train.numpy()), (test - m) / np.std(test.numpy())
"""),
    wrong("error_ratio", "relative-gain",
          "how much the accuracy has risen, relative to the errors",
          {"share-gone"}, """
def error_ratio(accuracy, accuracy_bn):
    return abs(accuracy_bn - accuracy) / (1 - accuracy)
"""),
    wrong("error_ratio", "precedence",
          "brackets forgotten",
          {"brackets"}, """
def error_ratio(accuracy, accuracy_bn):
    ratio = 1 - accuracy_bn / 1 - accuracy
    return ratio
"""),
    wrong("standardise", "channel-means",
          "mean and std over the batch, each column: dim=0, without keepdim, eps added",
          {"per-pixel", "std-plus"}, """
def standardise(train, test):
    eps = 1e-7
    mu = torch.mean(train, dim=0)
    sigma = torch.std(train, dim=0)
    return (train - mu) / (sigma + eps), (test - mu) / (sigma + eps)
"""),
    wrong("standardise", "square-root-twice",
          "the root of the standard deviation",
          {"not-scaled", "root-of-std"}, """
def standardise(train, test):
    mean = train.mean()
    std = torch.sqrt(train.std())
    return (train - mean) / std, (test - mean) / std
"""),
    wrong("standardise", "only-train-centred",
          "the test images are only divided",
          {"test-not-centred", "test-own-mean"}, """
def standardise(train, test):
    m, s = train.mean(), train.std()
    return (train - m) / s, test / s
"""),
    wrong("error_ratio", "times-hundred",
          "in per cent",
          {"percent"}, """
def error_ratio(accuracy, accuracy_bn):
    before = 100 * (1 - accuracy)
    after = 100 * (1 - accuracy_bn)
    return 100 * after / before
"""),
    wrong("error_ratio", "difference-of-errors",
          "errors subtracted",
          {"difference"}, """
def error_ratio(accuracy, accuracy_bn):
    return (1 - accuracy) - (1 - accuracy_bn)
"""),
)  # fmt: skip
